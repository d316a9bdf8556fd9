"""What a run will need, in the words in which strategies forecast it: stages of calls for a workload.

May import types and search. Each strategy forecasts itself (`Forecasting`); what forecasts share is here.
"""
