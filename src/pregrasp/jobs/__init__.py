"""What the command line does, as functions for programs: no printing, typed results."""
