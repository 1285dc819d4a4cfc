"""Runs jobs: claim, intent, call, finish; and puts right what a crash left behind."""
