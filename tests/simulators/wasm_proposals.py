"""Small binaries of the proposals to WebAssembly, frozen, with what wasmtime makes of them by default.

Each has its text in the format of the specification (some forms have none that tools agree on yet), the
bytes that wasm-tools makes of it, and the imports as wasmtime 50 lists them; None where it refuses.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulators import wasm


@dataclass(frozen=True)
class Vector:
    """`runs` None: refused by wasmtime in its default configuration; else its imports."""

    proposal: str
    text: str
    data: bytes
    runs: list[tuple[str, str, str]] | None

    @property
    def nested(self) -> bytes:
        """The same as the only part of a component, and that in another."""
        return wasm.component(parts=[wasm.component(parts=[self.data])])


def _vector(proposal: str, text: str, digits: str, runs: list[tuple[str, str, str]] | None) -> Vector:
    return Vector(proposal, text, bytes.fromhex(digits), runs)


VECTORS = [
    _vector(
        "multi-value",
        '(module (import "a" "f" (func (param i32) (result i32 i64))))',
        "0061736d0100000001070160017f027f7e020701016101660000",
        [("a", "f", "function")],
    ),
    _vector(
        "multi-memory",
        '(module (import "a" "m" (memory 1)) (import "a" "n" (memory 2)) (memory 1))',
        "0061736d01000000020f020161016d0200010161016e0200020503010001",
        [("a", "m", "memory"), ("a", "n", "memory")],
    ),
    _vector(
        "memory64",
        '(module (import "a" "m" (memory i64 1 5)))',
        "0061736d010000000209010161016d02050105",
        [("a", "m", "memory")],
    ),
    _vector(
        "table64",
        '(module (import "a" "t" (table i64 1 5 funcref)))',
        "0061736d01000000020a01016101740170050105",
        [("a", "t", "table")],
    ),
    _vector(
        "threads",
        '(module (import "a" "m" (memory 1 2 shared)) (func (drop (i32.atomic.load (i32.const 0)))))',
        "0061736d010000000104016000000209010161016d02030102030201000a0b0109004100fe1002001a0b",
        [("a", "m", "memory")],
    ),
    _vector(
        "simd",
        '(module (import "a" "g" (global v128)))',
        "0061736d0100000002080101610167037b00",
        [("a", "g", "global")],
    ),
    _vector(
        "relaxed simd",
        '(module (import "a" "f" (func (param v128))) (func (param v128) (result v128) '
        "(i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
        "0061736d01000000010a0260017b0060017b017b020701016101660000030201010a0b01090020002000fd80020b",
        [("a", "f", "function")],
    ),
    _vector(
        "tail calls",
        '(module (import "a" "f" (func $f)) (func (return_call $f)))',
        "0061736d01000000010401600000020701016101660000030201000a0601040012000b000b046e616d65010401000166",
        [("a", "f", "function")],
    ),
    _vector(
        "extended const",
        '(module (import "a" "g" (global $g i32)) (global i32 (i32.add (global.get $g) (i32.const 1))))',
        "0061736d0100000002080101610167037f000609017f00230041016a0b000b046e616d65070401000167",
        [("a", "g", "global")],
    ),
    _vector(
        "bulk memory",
        '(module (import "a" "m" (memory 1)) (data "x") (func (memory.init 0 (i32.const 0) (i32.const 0) '
        "(i32.const 1)) (data.drop 0)))",
        "0061736d010000000104016000000208010161016d020001030201000c01010a11010f00410041004101fc080000fc09"
        "000b0b0401010178",
        [("a", "m", "memory")],
    ),
    _vector(
        "reference types",
        '(module (import "a" "t" (table 1 externref)) (import "a" "g" (global (mut funcref))))',
        "0061736d0100000002100201610174016f000101610167037001",
        [("a", "t", "table"), ("a", "g", "global")],
    ),
    _vector(
        "function references",
        '(module (type $f (func)) (import "a" "g" (global (ref null $f))) (import "a" "t" (table 0 (ref null $f))))',
        "0061736d010000000104016000000212020161016703630000016101740163000000000b046e616d65040401000166",
        [("a", "g", "global"), ("a", "t", "table")],
    ),
    _vector(
        "gc structs",
        "(module (rec (type $a (sub (struct (field i8) (field (mut i16))))) (type $b (sub final $a "
        '(struct (field i8) (field (mut i16)) (field (ref null $a)))))) (import "a" "g" (global (ref '
        "null $b))))",
        "0061736d010000000117014e0250005f02780077014f01005f03780077016300000209010161016703630100000e046e"
        "616d65040702000161010162",
        [("a", "g", "global")],
    ),
    _vector(
        "gc arrays",
        '(module (type $a (array (mut i8))) (import "a" "g" (global (ref null $a))) (import "a" "f" '
        "(func (param (ref $a)))))",
        "0061736d010000000109025e78016001640000020f020161016703630000016101660001000b046e616d65040401000161",
        [("a", "g", "global"), ("a", "f", "function")],
    ),
    _vector(
        "gc abstract types",
        '(module (import "a" "1" (global anyref)) (import "a" "2" (global eqref)) (import "a" "3" '
        '(global i31ref)) (import "a" "4" (global structref)) (import "a" "5" (global arrayref)) (import '
        '"a" "6" (global nullref)) (import "a" "7" (global nullfuncref)) (import "a" "8" (global '
        'nullexternref)) (import "a" "9" (global (ref i31))))',
        "0061736d0100000002410901610131036e0001610132036d0001610133036c0001610134036b0001610135036a000161"
        "013603710001610137037300016101380372000161013903646c00",
        [
            ("a", "1", "global"),
            ("a", "2", "global"),
            ("a", "3", "global"),
            ("a", "4", "global"),
            ("a", "5", "global"),
            ("a", "6", "global"),
            ("a", "7", "global"),
            ("a", "8", "global"),
            ("a", "9", "global"),
        ],
    ),
    _vector(
        "exceptions",
        '(module (type $t (func (param i32))) (import "a" "e" (tag $e (type $t))) (func (throw $e (i32.const 1))))',
        "0061736d0100000001080260017f0060000002080101610165040000030201010a08010600410108000b0011046e616d"
        "650404010001740b0401000165",
        [("a", "e", "tag")],
    ),
    _vector(
        "exception references",
        '(module (import "a" "g" (global exnref)) (import "a" "h" (global nullexnref)) (func (block $l '
        "(result exnref) (try_table (catch_all_ref $l)) (return)) (drop)))",
        "0061736d01000000010401600000020f020161016703690001610168037400030201000a0f010d0002691f400103000b"
        "0f0b1a0b000d046e616d65030601000100016c",
        [("a", "g", "global"), ("a", "h", "global")],
    ),
    _vector(
        "wide arithmetic",
        '(module (import "a" "f" (func)) (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get '
        "0) (local.get 0))))",
        "0061736d01000000010a0260000060017e027e7e020701016101660000030201010a0a01080020002000fc160b",
        [("a", "f", "function")],
    ),
    _vector(
        "custom page sizes",
        '(module (import "a" "m" (memory 1 (pagesize 1))))',
        "0061736d010000000209010161016d02080100",
        None,
    ),
    _vector(
        "custom page sizes",
        '(module (import "a" "f" (func)) (memory 1 2 (pagesize 1)))',
        "0061736d0100000001040160000002070101610166000005050109010200",
        None,
    ),
    _vector(
        "stack switching",
        '(module (type $f (func)) (type $c (cont $f)) (import "a" "f" (func (param (ref null $c)))) '
        '(import "a" "g" (global contref)))',
        "0061736d01000000010b036000005d006001630100020e0201610166000201610167036800000e046e616d65040702000166010163",
        None,
    ),
    _vector(
        "memory control",
        '(module (import "a" "m" (memory 1)) (func (memory.discard (i32.const 0) (i32.const 0))))',
        "0061736d010000000104016000000208010161016d020001030201000a0b01090041004100fc12000b",
        None,
    ),
    _vector(
        "legacy exceptions",
        '(module (import "a" "f" (func)) (func try catch_all end))',
        "0061736d01000000010401600000020701016101660000030201000a080106000640190b0b",
        None,
    ),
    _vector(
        "shared-everything threads",
        '(module (import "a" "g" (global (shared mut i32))))',
        "0061736d0100000002080101610167037f03",
        None,
    ),
    _vector(
        "shared-everything threads",
        '(module (import "a" "g" (global (ref null (shared func)))))',
        "0061736d010000000209010161016703657000",
        None,
    ),
    _vector(
        "shared-everything threads",
        '(module (import "a" "g" (global (shared anyref))))  ;; its short form',
        "0061736d010000000209010161016703656e00",
        None,
    ),
    _vector(
        "shared-everything threads",
        '(module (import "a" "t" (table shared 1 (ref null (shared func)))))',
        "0061736d01000000020a01016101740165700201",
        None,
    ),
    _vector(
        "compact imports",
        '(module (import "a" (item "f" (func)) (item "g" (global i32))))',
        "0061736d01000000010401600000020f010161007f02016600000167037f00",
        None,
    ),
    _vector(
        "compact imports",
        '(module (import "a" (item "f") (item "g") (func)))',
        "0061736d01000000010401600000020c010161007e00000201660167",
        None,
    ),
    _vector(
        "compact imports",
        '(module (import "a" "" (func)) (import "b" (item "f" (func))))  ;; beside an import of empty name',
        "0061736d01000000010401600000020f0201610000000162007f0101660000",
        None,
    ),
    _vector(
        "custom descriptors",
        '(module (type $f (func)) (import "a" "f" (func (exact (type $f)))))',
        "0061736d01000000010401600000020701016101662000000b046e616d65040401000166",
        None,
    ),
    _vector(
        "custom descriptors",
        '(module (type $s (struct)) (import "a" "g" (global (ref null (exact $s)))))',
        "0061736d010000000103015f00020a01016101670363620000000b046e616d65040401000173",
        None,
    ),
    _vector(
        "custom descriptors",
        '(module (type $s (struct)) (import "a" "t" (table 0 (ref null (exact $s)))))',
        "0061736d010000000103015f00020b0101610174016362000000000b046e616d65040401000173",
        None,
    ),
    _vector(
        "custom descriptors",
        '(module (rec (type $s (descriptor $d) (struct)) (type $d (describes $s) (struct))) (import "a" "f" (func)))',
        "0061736d01000000010e024e024d015f004c005f00600000020701016101660002000e046e616d65040702000173010164",
        None,
    ),
    _vector(
        "component model",
        '(component (import "wasi:cli/stdout@0.2.0" (instance)) (import "f" (func)) (import "m" (core '
        'module)) (import "r" (type (sub resource))))',
        "0061736d0d00010007030142000a1a010015776173693a636c692f7374646f757440302e322e30050007050140000100"
        "0a0601000166010103030150000a0c0200016d0011000001720301",
        [("", "wasi:cli/stdout@0.2.0", "instance"), ("", "f", "function"), ("", "m", "module"), ("", "r", "type")],
    ),
    _vector(
        "component model async",
        '(component (import "f" (func async (param "a" (stream u8)) (result (future string)))))',
        "0061736d0d000100070e0366017d650173430101610000010a06010001660102",
        [("", "f", "function")],
    ),
    _vector(
        "component model async",
        '(component (import "f" (func $f async)) (core func (canon lower (func $f) async)) (core func '
        "(canon task.cancel)) (core func (canon waitable-set.new)) (core func (canon subtask.drop)) "
        "(type $s (stream u8)) (core func (canon stream.new $s)) (core func (canon backpressure.inc)))",
        "0061736d0d000100070501430001000a060100016601000809040100000106051f0d07040166017d0804020e0124001d"
        "0e636f6d706f6e656e742d6e616d650105010100016601050301010173",
        [("", "f", "function")],
    ),
    _vector(
        "component model error-context",
        '(component (import "f" (func (param "a" error-context))))',
        "0061736d0d000100070801400101616401000a06010001660100",
        None,
    ),
    _vector(
        "component model fixed-length lists",
        '(component (import "f" (func (param "a" (list u8 4)))))',
        "0061736d0d000100070b02677d04400101610001000a06010001660101",
        None,
    ),
    _vector(
        "component model maps",
        '(component (import "f" (func (param "a" (map string u8)))))',
        "0061736d0d000100070b0263737d400101610001000a06010001660101",
        None,
    ),
    _vector(
        "component model threading",
        '(component (core func (canon thread.index)) (import "f" (func)))',
        "0061736d0d00010008020126070501400001000a06010001660100",
        None,
    ),
    _vector(
        "component model stackful async",
        '(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func $f '
        'async (canon lift (core func $i "f") async)) (export "f" (func $f)))',
        "0061736d0d000100012a0061736d0100000001040160000003020100070501016600000a040102000b0009046e616d65"
        "0002016d020401000000070501430001000607010000010001660807010000000106000b070100016601000000260e63"
        "6f6d706f6e656e742d6e616d65010600110100016d010600120100016901050101000166",
        None,
    ),
    _vector(
        "component model gc",
        '(component (import "f" (func $f)) (core type $t (func)) (core func (canon lower (func $f) gc '
        "(core-type $t))))",
        "0061736d0d000100070501400001000a0601000166010003040160000008080101000002090800001e0e636f6d706f6e"
        "656e742d6e616d65010600100100017401050101000166",
        None,
    ),
    _vector(
        "component model 64-bit memories",
        '(component (core module $l (memory (export "m") i64 1) (func (export "r") (param i64 i64 i64 '
        'i64) (result i64) unreachable)) (core instance $l (instantiate $l)) (import "f" (func $f '
        '(result string))) (core func (canon lower (func $f) (memory (core memory $l "m")) (realloc '
        '(core func $l "r")))))',
        "0061736d0d00010001390061736d0100000001090160047e7e7e7e017e030201000503010401070902016d0200017200"
        "000a05010300000b0009046e616d650002016c020401000000070501400000730a06010001660100060d020002010001"
        "6d000001000172080901010000020300040000260e636f6d706f6e656e742d6e616d65010600110100016c0106001201"
        "00016c01050101000166",
        None,
    ),
    _vector(
        "component model nested names",
        '(component (import "a:b/c/d@1.2.3" (func)))',
        "0061736d0d000100070501400001000a1201000d613a622f632f6440312e322e330100",
        None,
    ),
    _vector(
        "component model nested names",
        '(component (import "a:b:c/d" (instance)))',
        "0061736d0d00010007030142000a0c010007613a623a632f640500",
        None,
    ),
    _vector(
        "component model implements",
        '(component (import "primary" (implements "a:b/c") (instance)))',
        "0061736d0d00010007030142000a140102077072696d617279010005613a622f630500",
        None,
    ),
    _vector(
        "component model implements",
        '(component (import "primary" (external-id "x") (instance)))',
        "0061736d0d00010007030142000a100102077072696d617279010201780500",
        None,
    ),
    _vector(
        "component model implements",
        '(component (instance $i) (export "primary" (implements "a:b/c") (instance $i)))',
        "0061736d0d00010005030101000b150102077072696d617279010005613a622f63050000",
        None,
    ),
    _vector(
        "component model implements",
        '(component (import "primary" (instance)))  ;; the form with attributes, without any',
        "0061736d0d00010007030142000a0d0102077072696d617279000500",
        None,
    ),
    _vector(
        "component model canonical names",
        '(component (import "a:b/c@1" (versionsuffix ".2.3") (instance)))',
        "0061736d0d00010007030142000a13010207613a622f6340310101042e322e330500",
        None,
    ),
    _vector(
        "component model implements",
        '(component (import "i" (instance (export "primary" (implements "a:b/c") (instance)))))',
        "0061736d0d000100071a0142020142000402077072696d617279010005613a622f6305000a06010001690500",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "v" (value string)))',
        "0061736d0d0001000a06010001760273",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "v" (value string)))  ;; with the bound of Binary.md',
        "0061736d0d0001000a0701000176020173",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "v" (value $t)) (import "f" (func)))  ;; the bound left out',
        "0061736d0d000100070702707d400001000a0b0200017602000001660101",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "v" (value $v string)) (export "w" (value $v)))',
        "0061736d0d0001000a060100017602730b070100017702000000160e636f6d706f6e656e742d6e616d6501050201000176",
        None,
    ),
    _vector(
        "component model values",
        '(component (value string "x"))',
        "0061736d0d0001000c050173020178",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "f" (func $f)) (start $f))',
        "0061736d0d000100070501400001000a06010001660100090300000000160e636f6d706f6e656e742d6e616d6501050101000166",
        None,
    ),
    _vector(
        "component model values",
        '(component (import "i" (instance (export "v" (value string)))))',
        "0061736d0d00010007090142010400017602730a06010001690500",
        None,
    ),
    _vector(
        "component model async",
        '(component (core module $m (func (export "f") (result i32) unreachable) (func (export "c") '
        "(param i32 i32 i32) (result i32) unreachable)) (core instance $i (instantiate $m)) (func $f "
        'async (canon lift (core func $i "f") async (callback (core func $i "c")))) (export "f" (func '
        "$f)))",
        "0061736d0d000100013c0061736d01000000010c026000017f60037f7f7f017f03030200010709020166000001630001"
        "0a09020300000b0300000b0009046e616d650002016d02040100000007050143000100060d0200000100016600000100"
        "016308090100000002060701000b070100016601000000260e636f6d706f6e656e742d6e616d65010600110100016d01"
        "0600120100016901050101000166",
        [],
    ),
    _vector(
        "component model more async builtins",
        '(component (type $s (stream u8)) (core module $l (memory (export "m") 1)) (core instance $l '
        '(instantiate $l)) (core func (canon stream.read $s (memory (core memory $l "m")))) (import "f" '
        "(func)))",
        "0061736d0d00010007040166017d011f0061736d010000000503010001070501016d02000009046e616d650002016c02"
        "040100000006070100020100016d0806010f00010300070501400001000a0601000166010100260e636f6d706f6e656e"
        "742d6e616d65010600110100016c010600120100016c01050301000173",
        None,
    ),
    _vector(
        "component model types imported alone",
        '(component (import "r" (type $r (sub resource))) (import "r2" (type (eq $r))) (import "f" (func '
        '(param "a" (own $r)))))',
        "0061736d0d0001000a0d02000172030100027232030000070a026900400101610201000a0601000166010300160e636f"
        "6d706f6e656e742d6e616d6501050301000172",
        [("", "r", "type"), ("", "r2", "type"), ("", "f", "function")],
    ),
    _vector(
        "component model maps",
        '(component (import "i" (instance (type $t (map string u8)) (export "f" (func (param "a" $t))))))',
        "0061736d0d00010007150142030163737d01400101610001000400016601010a06010001690500",
        None,
    ),
]
