"""From pictures to motion commands: data sets, training, models, estimators."""
