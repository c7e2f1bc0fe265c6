"""What every program takes at most, as it is by default."""

# minutes of one core. Where a clock stops nets, that many nets for that long; elsewhere the work is
# always the same, and this is what it took, for as many nets as there are by default
MINUTES = {
    "gap": 3,
    "hochreiter1997": 97,
    "gers2000": 157,
    "counting": 5,
    "gers2002": 34,
    "graves2005": 10,
    "greff2015": 43,
    "monner2012": 7,
    "pascanu2013": 3,
    "shi2015": 13,
    "tallec2018": 24,
    "additions": 7,
}
NAMES = tuple(MINUTES)
