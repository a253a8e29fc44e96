"""Reports of a run: a page that opens offline, pictures for the terminal, and two results side by side."""
