"""What tests share: private servers, a set clock, factories for applications and people."""
