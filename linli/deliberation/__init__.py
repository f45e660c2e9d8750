"""议事: what residents raise is talked over by rule, decided, carried out and judged.

So far: the counting and drawing that works on files alone, without a database, so that anyone can
check us with `linli budget`, `linli opinion-map` and `linli ballots`.
"""
