"""What is promised, what was measured, and how to measure it: one page."""
