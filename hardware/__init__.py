"""The devices of a cell, as small capabilities that simulated and real ones share.

`pregrasp.hardware.capabilities` says what a tree may ask of them, `errors` what can go
wrong. `kinematics`, `irb120` and `timing` describe the arm itself and need no device. The
implementations live in folders of their own (``simulation``) and are imported only by
whoever opens such a cell, because each needs packages that others do without.
"""
