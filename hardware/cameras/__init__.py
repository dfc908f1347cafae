"""Real cameras: GigE Vision through Aravis, FLIR through PySpin, and pictures in a folder.

`configuration` says what a cell file may tell about them and needs none of their packages.
`grabbing` holds what all of them have in common: when a picture is fresh, what to do about
a damaged one, when to give up.
"""
