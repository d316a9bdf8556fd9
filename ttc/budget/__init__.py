"""ttc.budget"""
