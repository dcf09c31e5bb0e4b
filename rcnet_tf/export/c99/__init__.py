"""An int8 `.tflite` as a C99 program without dependencies: generator of `convert --c99`.

fixed      multipliers, shifts and ranges, as TensorFlow Lite's kernels prepare them
graph      the operators, in the order of execution, with their tensors
unary      operators that map one int8 to one int8, as tables
layers     one operator -> numbers for the C structures
network    the graph recognised as stem, blocks, SimAM and head, or refused
plan       who lives where in memory, and when
source     the C text
package    the folder: generated files and the engine's own
"""
