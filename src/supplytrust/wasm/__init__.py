"""WebAssembly binaries read as data: sections, imports, capabilities, declared parts. Nothing is executed.

Standard library only, so that the gate can read a workload with nothing else installed. Formats: WebAssembly
core specification 3.0, chapter "Binary Format" (https://webassembly.github.io/spec/core/binary/) and the
Component Model's Binary.md (https://github.com/WebAssembly/component-model).
"""
