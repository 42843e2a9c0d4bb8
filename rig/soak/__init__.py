"""The soak: people press buttons in a whole installation while its parts are killed, frozen and lied to.

plan     what happens when, all of it from one seed
trouble  carries the plan out
browser  what people press, and press again when no answer comes
lives    what people do with one test, from the draft to its end
traffic  many lives at once
oracle   what really happened, held against what is claimed
run      all of it, and the verdict
"""
