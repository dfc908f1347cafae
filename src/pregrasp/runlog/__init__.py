"""The one stream of events of a run: encoded, kept in files, found again, summed up."""
