// Runs seeds of the simulation; see README.md.
