"""The KPIs again, in plain Python and as slowly as they read: what every engine's answers are held against.

Written from the texts that say what each number means, not from the queries that compute it; nothing of the planner or
of the engines is used here. Where a text leaves room, the module that had to choose says how it read it.

calendar      periods and what they are compared with
organisation  whose a fact is: shares, teams on a day, nobody
facts         the rows that count: revenue lines, deals and contracts as known on an evening, amounts converted
selection     the facts of one scope, dimension value and period
kpis          each KPI from these facts
answers       a request's rows: what is undefined, partial, outside the data; intervals of proportions
"""
