"""A whole private Splitdesk as real processes: database, broker, sandbox, web, beat and workers, to be killed at will.

    from rig.installation import Installation, Unavailable

    with Installation(tmp_path, database="postgres", workers=2, web=True) as it:
        it.driver.make_world()                            # workspace, people, connections to the sandbox
        sent = it.driver.propose_and_confirm()            # the id of a confirmed send, as a page would make it
        it.workers[0].kill()                              # SIGKILL to the worker and all its children
        it.workers[0].start()
        it.postgres.freeze(); it.postgres.thaw()          # SIGSTOP, SIGCONT
        final = it.driver.wait_until_settled([sent])      # {id: its row as a dict}
        made = it.sandbox.ledger(kind="created")          # what the provider really did

Each server (`it.postgres`, `it.broker`, `it.sandbox`, `it.web`, `it.beat`, each of `it.workers`) has `start() stop()
kill() freeze() thaw() is_running is_frozen pid family()`. `start(FAILPOINTS="…")` adds to the environment of that one
start. Parts that were not asked for are None; `Installation(…, start=False)` lets the caller start servers one by one.
All of it goes down with the `with` block, and with this process.

Talk to the installation's database through `it.driver`, never with Django's ORM in the test itself: pytest has a
database of its own. A driver is a child process inside the installation's Django that answers calls one after
another. Every public function of rig/world.py is one of its methods, and

    it.driver.evaluate("Operation.objects.filter(state='unknown').count()")
    it.driver.execute("relay.look_now(Operation.objects.get(pk=pk))", pk=sent)

reach everything else (models, relay, mirror, tasks and timezone are there by name; what comes back must be JSON).
`it.new_driver(FAILPOINTS="…")` starts another one, for calls side by side or for one that is to die on its way;
`it.manage("sweep", …)` runs a management command, and `it.environment` is what any other child process needs.

In tests, `with tests.installations.installed(tmp_path, …) as it:` skips where PostgreSQL is not on the machine, and
fails there with CI=true. Start servers from the main thread: Linux ends children together with the thread that started
them.
"""
