"""A cell whose physics and pictures are computed with MuJoCo."""
