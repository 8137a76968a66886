"""From findings to outcomes: pure functions of (findings, policy, graph, time); no clock, no I/O.

The rules, in the order in which they are applied (each is a property test in `tests/laws`):

1. A finding is worth its row of the weight table (`opinion.weigh`); what has no row is worth nothing.
2. The newest statement of each key counts, and merging states is commutative, associative and idempotent
   (`opinion.state_of`, `opinion.merge`).
3. Favourable weight halves with its half-life, opposing weight ends by resolution only (`opinion.favour`,
   `opinion.opposition`).
4. Inside an independence group the best counts, across groups weights add up, each group capped: the opinion of an
   area is `b = r/(r+s+2)`, `d = s/(r+s+2)`, `u = 2/(r+s+2)` (`opinion.opinion`).
5. An area admits when belief reaches its threshold, refuses when even all doubt resolved well would not, else refers
   (`requirement.area_outcome`). Areas are never averaged.
6. Vetoes and must-haves come first, outside the numbers; the worst of all decides (`requirement.subject_outcome`).
7. Requirements go down the graph by kind of edge, outcomes come up, each node once (`graph.requirements`,
   `graph_verdict.judge_graph`). A node nothing is known of refers, and edges not looked at are a gap.
8. Risk is an interval against a budget (`graph.risk`); the footprint says who must behave (`graph.footprint`).
9. The explanation is exact: missing weight, smallest set, path and end of validity (`explain`).

The calling sequence:

>>> from datetime import UTC, datetime
>>> from supplytrust.appraisal.algebra import graph_verdict, opinion, requirement
>>> from supplytrust.appraisal.policies import loader
>>> from supplytrust.model.vocabulary import Area
>>> policy, at = loader.load("baseline"), datetime(2026, 1, 31, tzinfo=UTC)
>>> statements = opinion.weigh([], "pkg:pypi/example@1.0", policy)
>>> state = opinion.state_of(statements, at).state
>>> vacuous = opinion.opinion(state, Area.INTEGRITY, policy, at)
>>> vacuous.belief, vacuous.uncertainty
(0.0, 1.0)
>>> requirement.area_outcome(vacuous, 0.5).name
'REFER'
>>> verdict = graph_verdict.judge_graph("pkg:pypi/example@1.0", {}, [], policy, at)
>>> verdict.outcome.name, verdict.flips_at
('REFER', None)
"""
