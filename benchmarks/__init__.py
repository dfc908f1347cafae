"""Commands that measure: each says with ``--help`` what, and where its figures go."""
