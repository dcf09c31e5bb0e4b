"""An int8 `.tflite` as a C99 program without dependencies: generator of `convert --c99`.

fixed      multipliers, shifts and ranges, as TensorFlow Lite's kernels prepare them
graph      the operators, in the order of execution, with their tensors
unary      operators that map one int8 to one int8, as tables
layers     one operator -> numbers for the C structures
network    the graph recognised as stem, blocks, SimAM and head, or refused
plan       who lives where in memory, and when
source     the C text
package    the folder: generated files and the engine's own

Every value is that of TensorFlow Lite Micro. LiteRT's reference kernels give the same but for the
logits, of which one in a thousand differs by one step: their FULLY_CONNECTED rounds once where
TensorFlow Lite Micro, and with it the engine, rounds twice (seen with ai-edge-litert 2.3.0).
"""
