"""The relay as a game of random moves against the sandbox, with rules that no move may ever break.

workers     processes of the relay: run to the end, killed, stumbling or frozen at any crash point
world       the stage of one game: workspace, people, keys, the sandbox, and one clock for all of them
rules       what must be true after every move
airship     the moves at a provider with schedules
qonversion  the moves at a provider where a test is made in steps
"""
