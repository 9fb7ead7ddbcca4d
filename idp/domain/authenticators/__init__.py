"""What people prove themselves with, one module for each kind; how strong each is, ``idp.domain.assurance`` says."""
