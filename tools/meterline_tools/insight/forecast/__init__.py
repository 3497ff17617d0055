"""Forecast of consumption: rows in, findings out.

series    one series: the median of several classical methods, with an 80% interval
history   weeks from days, and what does not last taken out of them
cohorts   growth curves of young accounts
outlook   an account's months to come, with their spread
spread    how spreads of months and accounts add up
overlays  which of people's adjustments count, and what stands behind them
landing   company model, own model and overlays per account and month
track     what was forecast for a closed month against what came
"""
