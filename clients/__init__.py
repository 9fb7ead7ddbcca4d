"""The relying parties: the kit any portal uses, the portals, and the administrators' console."""
