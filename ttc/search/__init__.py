"""ttc.search"""
