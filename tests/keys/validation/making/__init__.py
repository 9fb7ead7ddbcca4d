"""Makes keys, certificates, signatures and hostile variations of them, so that no test needs a file from elsewhere."""
