// Writes UnicodeData.cs from the Unicode tables that Node carries: node UnicodeData.mjs > UnicodeData.cs
// Categories are not here: the runtime has them (CharUnicodeInfo).

const scripts = `Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Beria_Erfe Bhaiksuki
Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic
Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic
Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran
Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li
Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani
Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive
Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu
Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian
Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi
Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham Sidetic SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar
Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Tai_Yo Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh
Tirhuta Todhri Tolong_Siki Toto Tulu_Tigalari Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square`.split(/\s+/);

const last = 0x10ffff;
const text = point => String.fromCodePoint(point);
const hex = number => number.toString(16).toUpperCase();

// "start+length", in hexadecimal, the start as the distance from the end of the one before.
function ranges(script) {
  const is = new RegExp(`^\\p{Script=${script}}$`, 'u');
  const found = [];
  let end = 0;
  for (let point = 0; point <= last; point++) {
    if (!is.test(text(point))) continue;
    const start = point;
    while (point < last && is.test(text(point + 1))) point++;
    found.push(point === start ? hex(start - end) : `${hex(start - end)}+${hex(point - start)}`);
    end = point;
  }
  return found.join(' ');
}

const single = changed => ([...changed].length === 1 ? changed.codePointAt(0) : undefined);

// Simple case folding, as /iu does it: for each code point the smallest that is equal to it but for case.
function folds() {
  const smallest = new Map();
  const equal = (left, right) => new RegExp(`^\\u{${left.toString(16)}}$`, 'iu').test(text(right));
  const orbit = new Map();
  for (let point = 0; point <= last; point++) {
    const near = [single(text(point).toLowerCase()), single(text(point).toUpperCase())];
    for (const other of near) {
      if (other === undefined || other === point || !equal(point, other)) continue;
      const merged = new Set([...(orbit.get(point) ?? [point]), ...(orbit.get(other) ?? [other])]);
      for (const member of merged) orbit.set(member, merged);
    }
  }
  for (const [point, members] of orbit) {
    const least = Math.min(...members);
    if (least !== point) smallest.set(point, least);
  }
  return [...smallest].sort(([left], [right]) => left - right);
}

// "start+length/stride-distance": runs of code points that are equally far above their smallest one.
function runs(pairs) {
  const found = [];
  for (let i = 0; i < pairs.length;) {
    const [start, least] = pairs[i];
    const distance = start - least;
    const stride = i + 1 < pairs.length && pairs[i + 1][0] - start === 2 ? 2 : 1;
    let length = 1;
    while (i + length < pairs.length && pairs[i + length][0] === start + length * stride && pairs[i + length][0] - pairs[i + length][1] === distance)
      length++;
    found.push(`${hex(start)}+${hex(length)}/${stride}-${hex(distance)}`);
    i += length;
  }
  return found;
}

function lines(words, indent) {
  const all = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > 124 - indent) {
      all.push(line);
      line = '';
    }
    line += (line === '' ? '' : ' ') + word;
  }
  return [...all, line].map(one => ' '.repeat(indent) + one).join('\n');
}

const words = scripts.flatMap(script => [`${script}:`, ...ranges(script).split(' ')]);
console.log(`// Written by UnicodeData.mjs beside it, from Unicode ${process.versions.unicode}. Do not edit.
namespace Barograph.Base;

/// <summary>The Unicode tables that the runtime does not have.</summary>
internal static class UnicodeData
{
    /// <summary>
    /// A script's name with a colon, then its ranges in hexadecimal: how far the first code point is from the last one before, and after a plus
    /// how many follow it.
    /// </summary>
    public const string Scripts = """
${lines(words, 8)}
        """;

    /// <summary>
    /// Simple case folding: runs <c>start+count/stride-distance</c> of code points, in hexadecimal; the smallest one that differs only by
    /// case is that distance below each.
    /// </summary>
    public const string Folds = """
${lines(runs(folds()), 8)}
        """;
}`);
