"""The page that runs the C99 engine in a browser; its sources are in firmware_bridge/web.

module    a `.tflite` -> WebAssembly, by way of the generated C program
folder    the page's files, ready for any static host
serve     that folder on this machine
"""
