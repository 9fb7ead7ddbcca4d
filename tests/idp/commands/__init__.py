"""The provider's commands, as whoever types them sees them."""
