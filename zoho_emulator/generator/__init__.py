"""Makes a desk of any size from a seed, and knows whose data stands where in it.

`spec` says what is wanted, `people` invents who is there, `conversation` and `files` write what they say, `desk` makes
the records of one ticket, `load` puts them all into a portal and `truth` answers for one person. Every ticket is a
function of the seed and its place alone, so that truth is computed again when it is asked for instead of being kept.
"""
