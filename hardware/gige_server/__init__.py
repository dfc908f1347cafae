"""A GigE Vision camera in software: shows any camera's pictures over real GVCP and GVSP.

With it the drivers for real cameras are tested, and whole cells tried, without a camera.
"""
