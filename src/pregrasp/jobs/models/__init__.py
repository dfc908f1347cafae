"""The life of models: kept by name, compared, promoted, rolled back, watched and refreshed."""
