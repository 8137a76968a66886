"""From findings to outcomes: pure functions of (findings, policy, graph, time); no clock, no I/O.

`verdict.judge_node` judges one package, `package.judge_graph` a package with everything it depends on. Every
other page answers one question of the way: how evidence ages, what counts once, what a node must meet, what
would change the outcome. Each law the pages keep is a property test in `tests/laws`.
"""
