;; CRC-32 as in PNG, zip and Ethernet: reflected polynomial 0xEDB88320,
;; all ones in, all ones out. No table: eight shifts a byte.
;; crc32("123456789") = 0xCBF43926
(module
  (memory (export "memory") 1)
  (func (export "crc32") (param $at i32) (param $length i32) (result i32)
    (local $to i32) (local $crc i32) (local $bit i32)
    (local.set $to (i32.add (local.get $at) (local.get $length)))
    (local.set $crc (i32.const -1))
    (block $done
      (loop $byte
        (br_if $done (i32.ge_u (local.get $at) (local.get $to)))
        (local.set $crc (i32.xor (local.get $crc) (i32.load8_u (local.get $at))))
        (local.set $bit (i32.const 8))
        (loop $shift
          (local.set $crc
            (i32.xor
              (i32.shr_u (local.get $crc) (i32.const 1))
              (i32.and
                (i32.const 0xEDB88320)
                (i32.sub (i32.const 0) (i32.and (local.get $crc) (i32.const 1))))))
          (br_if $shift
            (local.tee $bit (i32.sub (local.get $bit) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (i32.xor (local.get $crc) (i32.const -1))))
