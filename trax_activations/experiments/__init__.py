"""The same experiment for many activations and seeds: planned, run in parallel, compared.

Importing this room imports neither Trax nor JAX: a worker process first has to decide how many
threads these may have (:mod:`~trax_activations.experiments.worker`).

========== =======================================================================
candidates activations as people ask for them, and where a config takes them
plan       every run of a comparison, as a text for gin that needs nothing else
worker     runs one of them, and sums it up in an outcome
execute    all of them, by joblib on this machine or on a Dask cluster
statistics means, paired tests, and what can be said in words
report     tables, pictures and sentences, as CSV, Markdown and HTML
========== =======================================================================
"""
