"""What operating the blog needs: one small module for each concern."""
