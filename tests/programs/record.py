"""Records what NumPy and PyTorch compute for the programs of this folder: python3 tests/programs/record.py (needs torch and numpy).

Inputs are filled from a hash by both sides, so that the .json files hold results and little more.
"""
import cases_of_algorithms
import cases_of_derivatives
import cases_of_designs
import cases_of_elements
import cases_of_gradients
import cases_of_memory
import cases_of_networks
import cases_of_ragged
import cases_of_ragged_loops
import cases_of_stdlib
import cases_of_tensors
import random_contractions
import random_programs
import random_ragged
import recording

for cases in (cases_of_tensors, cases_of_networks, cases_of_derivatives, cases_of_elements, cases_of_gradients, cases_of_memory, cases_of_algorithms, cases_of_ragged, cases_of_ragged_loops, cases_of_designs, cases_of_stdlib):
    cases.record()
random_programs.write("random_programs", range(1, 9))
random_contractions.write("random_contractions", range(100, 112), count=3)
for first in (1, 9, 17):
    random_ragged.write(f"random_ragged_{first}", range(first, first + 8), count=2)
recording.write()
