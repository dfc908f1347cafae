"""The devices of a cell, as small capabilities that simulated and real ones share."""
