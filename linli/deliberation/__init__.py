"""议事: what residents raise is talked over by rule, decided, carried out and judged.

The counting and drawing (`tally`, `budget`, `opinion_map` and the files they read) are pure modules
that know no database, so that anyone can check us with `linli budget`, `linli opinion-map` and
`linli ballots`. The rest are forums, topics, meetings and votes; see decision 41.
"""
