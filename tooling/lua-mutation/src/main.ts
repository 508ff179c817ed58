// Changes the scripts and runs the tests; see README.md.
