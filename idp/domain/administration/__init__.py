"""What administrators see and do: limited to their agency unless they are central, and every act in the trail."""
