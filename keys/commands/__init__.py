"""The part of the motcua command line that deals with keys, certificates and signatures."""
