"""From a cell's equations to a schedule of products and arithmetic, and to C++.

Nothing here needs torch, because the package's build runs it.
"""
