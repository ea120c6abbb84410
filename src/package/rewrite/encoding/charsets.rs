//! The encodings of Python in which one byte is one character, and exactly the ASCII bytes are ASCII characters. (In
//! `mac_arabic`, other bytes are quotes and backslashes as well.)
//!
//! The names and the undefined bytes are those of CPython's `encodings`, which the oracle suite compares. In names, `-`
//! and `_` are equal, and case does not matter.

use std::ops::RangeInclusive;

/// How bytes are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8 {
        /// Whether CPython accepts the name beside a byte order mark; it does not accept `utf8`.
        is_canonical: bool,
    },
    SingleByte(SingleByte),
}

impl Charset {
    pub(super) fn is_utf8_beside_a_mark(self) -> bool {
        self == Self::Utf8 { is_canonical: true }
    }
}

/// An encoding, by the bytes that are undefined in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SingleByte(&'static [RangeInclusive<u8>]);

impl SingleByte {
    pub(super) fn holds(self, byte: u8) -> bool {
        !self.0.iter().any(|range| range.contains(&byte))
    }
}

/// The encoding with this name, if files in it can be edited.
pub(super) fn find(name: &str) -> Option<Charset> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let is = |wanted: &str| name == wanted || name.starts_with(&format!("{wanted}-"));
    if is("utf-8") {
        return Some(Charset::Utf8 { is_canonical: true });
    }
    // Names that CPython's tokenizer itself knows, with suffixes that editors may append: `latin-1-unix`.
    if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is) {
        return Some(Charset::SingleByte(SingleByte(&[])));
    }
    let name = name.replace('-', "_");
    if ["utf8", "u8", "utf", "utf8_ucs2", "utf8_ucs4", "cp65001"].contains(&name.as_str()) {
        return Some(Charset::Utf8 { is_canonical: false });
    }
    let found = CHARSETS.iter().find(|(names, _)| names.contains(&name.as_str()));
    found.map(|(_, undefined)| Charset::SingleByte(SingleByte(undefined)))
}

/// Names, and the undefined bytes.
#[rustfmt::skip]
const CHARSETS: &[(&[&str], &[RangeInclusive<u8>])] = &[
    (&["ascii", "646", "ansi_x3_4_1968", "cp367", "csascii", "ibm367", "iso646_us", "iso_ir_6", "us", "us_ascii"], &[0x80..=0xff]),
    (&["cp1006"], &[]),
    (&["cp1125", "1125", "ibm1125", "cp866u", "ruscii"], &[]),
    (&["cp1250", "1250", "windows_1250"], &[0x81..=0x81, 0x83..=0x83, 0x88..=0x88, 0x90..=0x90, 0x98..=0x98]),
    (&["cp1251", "1251", "windows_1251"], &[0x98..=0x98]),
    (&["cp1252", "1252", "windows_1252"], &[0x81..=0x81, 0x8d..=0x8d, 0x8f..=0x90, 0x9d..=0x9d]),
    (&["cp1253", "1253", "windows_1253"], &[0x81..=0x81, 0x88..=0x88, 0x8a..=0x8a, 0x8c..=0x90, 0x98..=0x98, 0x9a..=0x9a, 0x9c..=0x9f, 0xaa..=0xaa, 0xd2..=0xd2, 0xff..=0xff]),
    (&["cp1254", "1254", "windows_1254"], &[0x81..=0x81, 0x8d..=0x90, 0x9d..=0x9e]),
    (&["cp1255", "1255", "windows_1255"], &[0x81..=0x81, 0x8a..=0x8a, 0x8c..=0x90, 0x9a..=0x9a, 0x9c..=0x9f, 0xca..=0xca, 0xd9..=0xdf, 0xfb..=0xfc, 0xff..=0xff]),
    (&["cp1256", "1256", "windows_1256"], &[]),
    (&["cp1257", "1257", "windows_1257"], &[0x81..=0x81, 0x83..=0x83, 0x88..=0x88, 0x8a..=0x8a, 0x8c..=0x8c, 0x90..=0x90, 0x98..=0x98, 0x9a..=0x9a, 0x9c..=0x9c, 0x9f..=0x9f, 0xa1..=0xa1, 0xa5..=0xa5]),
    (&["cp1258", "1258", "windows_1258"], &[0x81..=0x81, 0x8a..=0x8a, 0x8d..=0x90, 0x9a..=0x9a, 0x9d..=0x9e]),
    (&["cp437", "437", "cspc8codepage437", "ibm437"], &[]),
    (&["cp720"], &[]),
    (&["cp737"], &[]),
    (&["cp775", "775", "cspc775baltic", "ibm775"], &[]),
    (&["cp850", "850", "cspc850multilingual", "ibm850"], &[]),
    (&["cp852", "852", "cspcp852", "ibm852"], &[]),
    (&["cp855", "855", "csibm855", "ibm855"], &[]),
    (&["cp856"], &[0x9b..=0x9b, 0x9d..=0x9d, 0x9f..=0xa8, 0xad..=0xad, 0xb5..=0xb7, 0xc6..=0xc7, 0xd0..=0xd8, 0xde..=0xde, 0xe0..=0xe5, 0xe7..=0xed]),
    (&["cp857", "857", "csibm857", "ibm857"], &[0xd5..=0xd5, 0xe7..=0xe7, 0xf2..=0xf2]),
    (&["cp858", "858", "csibm858", "ibm858"], &[]),
    (&["cp860", "860", "csibm860", "ibm860"], &[]),
    (&["cp861", "861", "cp_is", "csibm861", "ibm861"], &[]),
    (&["cp862", "862", "cspc862latinhebrew", "ibm862"], &[]),
    (&["cp863", "863", "csibm863", "ibm863"], &[]),
    (&["cp865", "865", "csibm865", "ibm865"], &[]),
    (&["cp866", "866", "csibm866", "ibm866"], &[]),
    (&["cp869", "869", "cp_gr", "csibm869", "ibm869"], &[0x80..=0x85, 0x87..=0x87, 0x93..=0x94]),
    (&["cp874"], &[0x81..=0x84, 0x86..=0x90, 0x98..=0x9f, 0xdb..=0xde, 0xfc..=0xff]),
    (&["hp_roman8", "roman8", "r8", "cp1051", "ibm1051"], &[0xff..=0xff]),
    (&["iso8859_10", "csisolatin6", "iso_8859_10", "iso_8859_10_1992", "iso_ir_157", "l6", "latin6"], &[]),
    (&["iso8859_11", "thai", "iso_8859_11", "iso_8859_11_2001"], &[0xdb..=0xde, 0xfc..=0xff]),
    (&["iso8859_13", "iso_8859_13", "l7", "latin7"], &[]),
    (&["iso8859_14", "iso_8859_14", "iso_8859_14_1998", "iso_celtic", "iso_ir_199", "l8", "latin8"], &[]),
    (&["iso8859_15", "iso_8859_15", "l9", "latin9"], &[]),
    (&["iso8859_16", "iso_8859_16", "iso_8859_16_2001", "iso_ir_226", "l10", "latin10"], &[]),
    (&["iso8859_2", "csisolatin2", "iso_8859_2", "iso_8859_2_1987", "iso_ir_101", "l2", "latin2"], &[]),
    (&["iso8859_3", "csisolatin3", "iso_8859_3", "iso_8859_3_1988", "iso_ir_109", "l3", "latin3"], &[0xa5..=0xa5, 0xae..=0xae, 0xbe..=0xbe, 0xc3..=0xc3, 0xd0..=0xd0, 0xe3..=0xe3, 0xf0..=0xf0]),
    (&["iso8859_4", "csisolatin4", "iso_8859_4", "iso_8859_4_1988", "iso_ir_110", "l4", "latin4"], &[]),
    (&["iso8859_5", "csisolatincyrillic", "cyrillic", "iso_8859_5", "iso_8859_5_1988", "iso_ir_144"], &[]),
    (&["iso8859_6", "arabic", "asmo_708", "csisolatinarabic", "ecma_114", "iso_8859_6", "iso_8859_6_1987", "iso_ir_127"], &[0xa1..=0xa3, 0xa5..=0xab, 0xae..=0xba, 0xbc..=0xbe, 0xc0..=0xc0, 0xdb..=0xdf, 0xf3..=0xff]),
    (&["iso8859_7", "csisolatingreek", "ecma_118", "elot_928", "greek", "greek8", "iso_8859_7", "iso_8859_7_1987", "iso_ir_126"], &[0xae..=0xae, 0xd2..=0xd2, 0xff..=0xff]),
    (&["iso8859_8", "csisolatinhebrew", "hebrew", "iso_8859_8", "iso_8859_8_1988", "iso_ir_138"], &[0xa1..=0xa1, 0xbf..=0xde, 0xfb..=0xfc, 0xff..=0xff]),
    (&["iso8859_9", "csisolatin5", "iso_8859_9", "iso_8859_9_1989", "iso_ir_148", "l5", "latin5"], &[]),
    (&["koi8_r", "cskoi8r"], &[]),
    (&["koi8_t"], &[0x88..=0x88, 0x8f..=0x8f, 0x98..=0x98, 0x9a..=0x9a, 0x9c..=0xa0, 0xa8..=0xaa, 0xaf..=0xaf, 0xb4..=0xb4, 0xb8..=0xb8, 0xba..=0xba, 0xbc..=0xbe]),
    (&["koi8_u"], &[]),
    (&["kz1048", "kz_1048", "rk1048", "strk1048_2002"], &[0x98..=0x98]),
    (&["latin_1", "8859", "cp819", "csisolatin1", "ibm819", "iso8859", "iso8859_1", "iso_8859_1", "iso_8859_1_1987", "iso_ir_100", "l1", "latin", "latin1"], &[]),
    (&["mac_croatian"], &[]),
    (&["mac_cyrillic", "maccyrillic"], &[]),
    (&["mac_greek", "macgreek"], &[]),
    (&["mac_iceland", "maciceland"], &[]),
    (&["mac_latin2", "maccentraleurope", "mac_centeuro", "maclatin2"], &[]),
    (&["mac_roman", "macintosh", "macroman"], &[]),
    (&["mac_romanian"], &[]),
    (&["mac_turkish", "macturkish"], &[]),
    (&["palmos"], &[]),
    (&["ptcp154", "csptcp154", "pt154", "cp154", "cyrillic_asian"], &[]),
    (&["tis_620", "tis620", "tis_620_0", "tis_620_2529_0", "tis_620_2529_1", "iso_ir_166"], &[0xa0..=0xa0, 0xdb..=0xde, 0xfc..=0xff]),
];
