"""What one call costs: shapes of models, hardware, prices, rooflines and the calibration of a server.

May import: `types`.
"""
