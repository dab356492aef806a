// Written by UnicodeData.mjs beside it, from Unicode 17.0. Do not edit.
namespace Barograph.Base;

/// <summary>The Unicode tables that the runtime does not have.</summary>
internal static class UnicodeData
{
    /// <summary>
    /// A script's name with a colon, then its ranges in hexadecimal: how far the first code point is from the last one before, and after a plus
    /// how many follow it.
    /// </summary>
    public const string Scripts = """
        Adlam: 1E900+4B 5+9 5+1 Ahom: 11700+1A 3+E 5+16 Anatolian_Hieroglyphs: 14400+246 Arabic: 600+4 2+5 2+D 2+2 2+1F 2+9
        C+19 2+6B 2+21 51+2F F1+21 6+4A 2+1C F251+1ED 3+8F 21+F 71+4 2+86 F64+1E 44+5 9+8 22+5 DF01+3 2+1A 2+1 2 3 2+9 2+3 2
        2 7 5 2 2 2+2 2+1 2 3 2 2 2 2 2+1 2 3+3 2+6 2+3 2+3 2 2+9 2+10 6+2 2+4 2+10 35+1 Armenian: 531+25 3+31 3+2 F584+4
        Avestan: 10B00+35 4+6 Balinese: 1B00+4C 2+31 Bamum: A6A0+57 C109+238 Bassa_Vah: 16AD0+1D 3+5 Batak: 1BC0+33 9+3
        Bengali: 980+3 2+7 3+1 3+15 2+6 2 4+3 3+8 3+1 3+3 9 5+1 2+4 3+18 Beria_Erfe: 16EA0+18 3+18 Bhaiksuki: 11C00+8 2+2C
        2+D B+1C Bopomofo: 2EA+1 2E1A+2A 71+1F Brahmi: 11000+4D 5+23 A Braille: 2800+FF Buginese: 1A00+1B 3+1 Buhid: 1740+13
        Canadian_Aboriginal: 1400+27F 231+45 101BB+F Carian: 102A0+30 Caucasian_Albanian: 10530+33 C Chakma: 11100+34 2+11
        Cham: AA00+36 A+D 3+9 3+3 Cherokee: 13A0+55 3+5 9773+4F Chorasmian: 10FB0+1B Common: 0+40 1B+5 1B+2E 2+E 2+4 18 20
        1C2+26 6+4 3+13 75 A 7 2 27E 7 F 4 21 9D 205 82+1 4DA 196+3 123 5F0+2 48+1 CC+1 2 4CE E 8+3 2+5 2+2 3 306+B 3+56 2+A
        4+A 2+E 12+21 3F+25 2+2 3+5 2+1A 2+10 2A+2 5+299 17+A 16+39F 101+273 3+89 201+5D 193+14 2 2+18 10+7 5+3 5C+1 4 5B+1
        94+F 21+25 A 31+3F 20+50 30 59+A7 19C1+3F 5901+21 67+2 A6+9 F5 A1 18C F+1 51D3+1 D1+9 17+22 2+12 2+3 94 2+1F 1B+5
        1B+A B 2E+1 41+6 2+6 B+4 103+2 5+2C 4+8 51+C 34+2C E5+1A B9A5+3 F5D+FC 4+1B3 7+16 10+10 60+73 3D+F5 B+26 3+3D 4+10
        9+1 8+1D 5+3C D6+13 D+13 D+56 A+18 88+54 2+46 2+1 3 3+1 3+3 2+B 2 2+6 2+40 2+3 3+7 2+6 2+1B 2+3 2+4 2 4+6 2+153 3+123
        3+31 1472+43 4D+3C 2C3+2B 5+63 D+E 3+E 2+E 2+24 B+AD 39+19 2+1 E+2B 5+8 8+1 F+5 9B+3D8 4+10 4+C 4+D9 7+B 5 10+B 5+37
        9+9 7+27 9+1D 3+B 5+1 F+8 28+157 9+D 3+C 4+A 4+38 2 5+F 3+B 5+9 8+92 2+66 C0407 1F+5F Coptic: 3E2+D 2891+73 6+6
        Cuneiform: 12000+399 67+6E 2+4 C+C3 Cypriot: 10800+5 3 2+2B 2+1 4 3 Cypro_Minoan: 12F90+62 Cyrillic: 400+84 3+A8
        1751+A A1 4D 1068+1F 7841+5F 578F+1 E201+3D 22 Deseret: 10400+4F Devanagari: 900+50 5+E 3+19 9F61+1F 7201+9
        Dives_Akuru: 11900+6 3 3+7 2+1 2+1D 2+1 3+B A+9 Dogra: 11800+3B Duployan: 1BC00+6A 6+C 4+8 8+9 3+3
        Egyptian_Hieroglyphs: 13000+455 B+F9A Elbasan: 10500+27 Elymaic: 10FE0+16 Ethiopic: 1200+48 2+3 3+6 2 2+3 3+28 2+3
        3+20 2+3 3+6 2 2+3 3+E 2+38 2+3 3+42 3+1F 4+19 19E7+16 A+6 2+6 2+6 2+6 2+6 2+6 2+6 2+6 7D23+5 3+5 3+5 A+6 2+6 13CB2+6
        2+3 2+1 2+E Garay: 10D40+25 4+1C 9+1 Georgian: 10A0+25 2 6 3+2A 2+3 B91+2A 3+2 1041+25 2 6 Glagolitic: 2C00+5F
        1B3A1+6 2+10 3+6 2+1 2+4 Gothic: 10330+1A Grantha: 11300+3 2+7 3+1 3+15 2+6 2+1 2+4 3+8 3+1 3+2 3 7 6+6 3+6 4+4
        Greek: 370+3 2+2 3+3 2 5 2 2+2 2 2+13 2+3E F+F 1927+4 33+4 5+4 55 141+15 3+5 3+25 3+5 3+7 2 2 2 2+1E 3+34 2+E 2+D 3+5
        2+12 3+2 2+8 128 8A3F 55DB+4E 12 D060+45 Gujarati: A81+2 2+8 2+2 2+15 2+6 2+1 2+4 3+9 2+2 2+2 3 10+3 3+B 8+6
        Gunjala_Gondi: 11D60+5 2+1 2+24 2+1 2+5 8+9 Gurmukhi: A01+2 2+5 5+1 3+15 2+6 2+1 2+1 2+1 3 2+4 5+1 3+2 4 8+3 2 8+10
        Gurung_Khema: 16100+39 Han: 2E80+19 2+58 D+D5 30 2 1A+8 F+3 3C5+19BF 41+51FF 5901+16D 3+69 7509+1 D+6 900A+A6DF
        21+111D 3+168D 3+1D30 10+26D 9A3+21D 5E3+134A 6+2129 Hangul: 1100+FF 1E2F+1 102+5D 72+1E 42+1E 76E2+1C 284+2BA3 D+16
        5+30 27A5+1E 4+5 3+5 3+5 3+2 Hanifi_Rohingya: 10D00+27 9+9 Hanunoo: 1720+14 Hatran: 108E0+12 2+1 6+4 Hebrew: 591+36
        9+1A 5+5 F529+19 2+4 2 2+1 2+1 2+9 Hiragana: 3041+55 7+2 17F62+11E 13 1E+2 40AE Imperial_Aramaic: 10840+15 2+8
        Inherited: 300+6F 116+1 1C5+A 1B 2E1+3 115C+2D 3+B 1E5+2 2+C 2+6 5 7 4+1 C7+3F 20D+1 C3+20 F3A+3 6C+1 CD66+F 11+D 3D0
        E3 105B BBC5+2D 3+16 221+2 12+7 3+6 1F+3 C2F53+EF Inscriptional_Pahlavi: 10B60+12 6+7 Inscriptional_Parthian:
        10B40+15 3+7 Javanese: A980+4D 3+9 5+1 Kaithi: 11080+42 B Kannada: C80+C 2+2 2+16 2+9 2+4 3+8 2+2 2+3 8+1 6+2 2+3 3+9
        2+2 Katakana: 30A1+59 3+2 F1+F D1+2E 2+57 CC0F+9 2+2C B053+3 2+6 2+1 2 120+2 33 F+3 Kawi: 11F00+10 2+28 4+1C
        Kayah_Li: A900+2D 2 Kharoshthi: 10A00+3 2+1 6+7 2+2 2+1C 3+2 5+9 8+8 Khitan_Small_Script: 16FE4 1B1C+1D5 2A Khmer:
        1780+5D 3+9 7+9 1E7+1F Khojki: 11200+11 2+2E Khudawadi: 112B0+3A 6+9 Kirat_Rai: 16D40+39 Lao: E81+1 2 2+4 2+17 2 2+16
        3+4 2 2+6 2+9 3+3 Latin: 41+19 7+19 30 10 6+16 2+1E 2+1C0 28+4 1A1C+25 7+30 6+3 6+C 2+45 42+FF 172 E 11+C 8E+1 7 1C
        12+28 AD8+1F 7AA3+65 4+51 15+E 331+2A 2+8 2+3 4F97+6 41B+19 7+19 826+5 2+29 2+8 D746+1E 7+5 Lepcha: 1C00+37 4+E 4+2
        Limbu: 1900+1E 2+B 5+B 5 4+B Linear_A: 10600+136 A+15 B+7 Linear_B: 10000+B 2+19 2+12 2+1 2+E 3+D 23+7A Lisu: A4D0+2F
        7AB1 Lycian: 10280+1C Lydian: 10920+19 6 Mahajani: 11150+26 Makasar: 11EE0+18 Malayalam: D00+C 2+2 2+32 2+2 2+5 5+F
        3+19 Mandaic: 840+1B 3 Manichaean: 10AC0+26 5+B Marchen: 11C70+1F 3+15 2+D Masaram_Gondi: 11D00+6 2+1 2+2B 4 2+1 2+8
        9+9 Medefaidrin: 16E40+5A Meetei_Mayek: AAE0+16 CA+2D 3+9 Mende_Kikakui: 1E800+C4 3+F Meroitic_Cursive: 109A0+17 5+13
        3+2D Meroitic_Hieroglyphs: 10980+1F Miao: 16F00+4A 5+38 8+10 Modi: 11600+44 C+9 Mongolian: 1800+1 3 2+13 7+58 8+2A
        FDB6+C Mro: 16A40+1E 2+9 5+1 Multani: 11280+6 2 2+3 2+E 2+A Myanmar: 1000+9F 9941+1E 62+1F 6C51+13 Nabataean:
        10880+1E 9+8 Nag_Mundari: 1E4D0+29 Nandinagari: 119A0+7 3+2D 3+A New_Tai_Lue: 1980+2B 5+19 7+A 4+1 Newa: 11400+5B 2+4
        Nko: 7C0+3A 3+2 Nushu: 16FE1 418F+18B Nyiakeng_Puachue_Hmong: 1E100+2C 4+D 3+9 5+1 Ogham: 1680+1C Ol_Chiki: 1C50+2F
        Ol_Onal: 1E5D0+2A 5 Old_Hungarian: 10C80+32 E+32 8+5 Old_Italic: 10300+23 A+2 Old_North_Arabian: 10A80+1F Old_Permic:
        10350+2A Old_Persian: 103A0+23 5+D Old_Sogdian: 10F00+27 Old_South_Arabian: 10A60+1F Old_Turkic: 10C00+48 Old_Uyghur:
        10F70+19 Oriya: B01+2 2+7 3+1 3+15 2+6 2+1 2+4 3+8 3+1 3+2 8+2 5+1 2+4 3+11 Osage: 104B0+23 5+23 Osmanya: 10480+1D
        3+9 Pahawh_Hmong: 16B00+45 B+9 2+6 2+14 6+12 Palmyrene: 10860+1F Pau_Cin_Hau: 11AC0+38 Phags_Pa: A840+37 Phoenician:
        10900+1B 4 Psalter_Pahlavi: 10B80+11 8+3 D+6 Rejang: A930+23 C Runic: 16A0+4A 4+A Samaritan: 800+2D 3+E Saurashtra:
        A880+45 9+B Sharada: 11180+5F 981+7 Shavian: 10450+2F Siddham: 11580+35 3+25 Sidetic: 10940+19 SignWriting: 1D800+28B
        10+4 2+E Sinhala: D81+2 2+11 4+17 2+8 2 3+6 4 5+5 2 2+7 7+9 3+2 103ED+13 Sogdian: 10F30+29 Sora_Sompeng: 110D0+18 8+9
        Soyombo: 11A50+52 Sundanese: 1B80+3F 101+7 Sunuwar: 11BC0+21 F+9 Syloti_Nagri: A800+2C Syriac: 700+D 2+3B 3+2 111+A
        Tagalog: 1700+15 A Tagbanwa: 1760+C 2+2 2+1 Tai_Le: 1950+1D 3+4 Tai_Tham: 1A20+3E 2+1C 3+A 7+9 7+D Tai_Viet: AA80+42
        19+4 Tai_Yo: 1E6C0+1E 2+15 9+1 Takri: 11680+39 7+9 Tamil: B82+1 2+5 4+2 2+3 4+1 2 2+1 4+1 4+2 4+B 5+4 4+2 2+3 3 7
        F+14 113C6+31 E Tangsa: 16A70+4E 2+9 Tangut: 16FE0 20+1AFF 201+1E 62+72 Telugu: C00+C 2+2 2+16 2+F 3+8 2+2 2+3 8+1
        2+2 2+1 3+3 3+9 8+8 Thaana: 780+31 Thai: E01+39 6+1B Tibetan: F00+47 2+23 5+26 2+23 2+E 2+6 5+1 Tifinagh: 2D30+37 8+1
        F Tirhuta: 11480+47 9+9 Todhri: 105C0+33 Tolong_Siki: 11DB0+2B 5+9 Toto: 1E290+1E Tulu_Tigalari: 11380+9 2 3 2+25 2+9
        2 3 2+3 2+9 2+1 9+1 Ugaritic: 10380+1D 2 Vai: A500+12B Vithkuqi: 10570+A 2+E 2+6 2+1 2+A 2+E 2+6 2+1 Wancho: 1E2C0+39
        6 Warang_Citi: 118A0+52 D Yezidi: 10E80+29 2+2 3+1 Yi: A000+48C 4+36 Zanabazar_Square: 11A00+47
        """;

    /// <summary>
    /// Simple case folding: runs <c>start+count/stride-distance</c> of code points, in hexadecimal; the smallest one that differs only by
    /// case is that distance below each.
    /// </summary>
    public const string Folds = """
        61+1A/1-20 E0+17/1-20 F8+7/1-20 101+18/2-1 133+3/2-1 13A+8/2-1 14B+17/2-1 178+1/2-79 17A+3/2-1 17F+1/1-12C 183+2/2-1
        188+1/1-1 18C+1/1-1 192+1/1-1 199+1/1-1 1A1+3/2-1 1A8+1/1-1 1AD+1/1-1 1B0+1/1-1 1B4+2/2-1 1B9+1/1-1 1BD+1/1-1
        1C5+1/1-1 1C6+1/2-2 1C8+1/1-1 1C9+1/2-2 1CB+1/1-1 1CC+1/2-2 1CE+8/2-1 1DD+1/2-4F 1DF+9/2-1 1F2+1/1-1 1F3+1/2-2
        1F5+1/1-1 1F6+1/1-61 1F7+1/2-38 1F9+14/2-1 220+1/1-82 223+9/2-1 23C+1/1-1 23D+1/1-A3 242+1/1-1 243+1/1-C3 247+5/2-1
        253+1/1-D2 254+1/2-CE 256+2/1-CD 259+1/2-CA 25B+1/1-CB 260+1/1-CD 263+1/1-CF 268+1/1-D1 269+1/1-D3 26F+1/1-D3
        272+1/1-D5 275+1/1-D6 280+1/1-DA 283+1/1-DA 288+1/1-DA 289+1/1-45 28A+2/1-D9 28C+1/1-47 292+1/1-DB 371+2/2-1
        377+1/1-1 399+1/1-54 39C+1/1-2E7 3AC+1/1-26 3AD+3/1-25 3B1+8/1-20 3B9+1/1-74 3BA+2/1-20 3BC+1/1-307 3BD+5/1-20
        3C2+1/1-1F 3C3+9/1-20 3CC+1/1-40 3CD+2/1-3F 3D0+1/1-3E 3D1+1/1-39 3D5+1/1-2F 3D6+1/1-36 3D7+1/2-8 3D9+C/2-1
        3F0+1/1-56 3F1+1/2-50 3F3+1/1-74 3F4+1/1-5C 3F5+1/1-60 3F8+1/1-1 3F9+1/2-7 3FB+1/2-1 3FD+3/1-82 430+20/1-20
        450+10/1-50 461+11/2-1 48B+1B/2-1 4C2+7/2-1 4CF+1/2-F 4D1+30/2-1 561+26/1-30 13F8+6/1-8 1C80+1/1-186E 1C81+1/1-186D
        1C82+1/1-1864 1C83+2/1-1862 1C85+1/1-1863 1C86+1/1-185C 1C87+1/1-1825 1C8A+1/1-1 1C90+2B/1-BC0 1CBD+3/1-BC0
        1E01+4B/2-1 1E9B+1/1-3B 1E9E+1/1-1DBF 1EA1+30/2-1 1F08+8/1-8 1F18+6/1-8 1F28+8/1-8 1F38+8/1-8 1F48+6/1-8 1F59+4/2-8
        1F68+8/1-8 1F88+8/1-8 1F98+8/1-8 1FA8+8/1-8 1FB8+2/1-8 1FBA+2/1-4A 1FBC+1/2-9 1FBE+1/1-1C79 1FC8+4/1-56 1FCC+1/1-9
        1FD8+2/1-8 1FDA+2/1-64 1FE8+2/1-8 1FEA+2/1-70 1FEC+1/1-7 1FF8+2/1-80 1FFA+2/1-7E 1FFC+1/1-9 2126+1/1-1D7D
        212A+1/1-20DF 212B+1/1-2066 214E+1/1-1C 2170+10/1-10 2184+1/1-1 24D0+1A/1-1A 2C30+30/1-30 2C61+1/1-1 2C62+1/1-29F7
        2C63+1/1-EE6 2C64+1/1-29E7 2C65+1/1-2A2B 2C66+1/2-2A28 2C68+3/2-1 2C6D+1/1-2A1C 2C6E+1/1-29FD 2C6F+1/1-2A1F
        2C70+1/1-2A1E 2C73+1/1-1 2C76+1/1-1 2C7E+2/1-2A3F 2C81+32/2-1 2CEC+2/2-1 2CF3+1/1-1 2D00+26/1-1C60 2D27+1/1-1C60
        2D2D+1/1-1C60 A641+5/2-1 A64A+1/1-89C2 A64B+1/2-89C3 A64D+11/2-1 A681+E/2-1 A723+7/2-1 A733+1F/2-1 A77A+2/2-1
        A77D+1/2-8A04 A77F+5/2-1 A78C+1/1-1 A78D+1/1-A528 A791+2/2-1 A797+A/2-1 A7AA+1/1-A544 A7AB+1/1-A54F A7AC+1/1-A54B
        A7AD+1/1-A541 A7AE+1/2-A544 A7B0+1/1-A512 A7B1+1/1-A52A A7B2+1/1-A515 A7B5+8/2-1 A7C4+1/1-30 A7C5+1/1-A543
        A7C6+1/2-8A38 A7C8+2/2-1 A7CB+1/2-A567 A7CD+8/2-1 A7DC+1/1-A641 A7F6+1/1-1 AB53+1/1-3A0 AB70+50/1-97D0 FF41+1A/1-20
        10428+28/1-28 104D8+24/1-28 10597+B/1-27 105A3+F/1-27 105B3+7/1-27 105BB+2/1-27 10CC0+33/1-40 10D70+16/1-20
        118C0+20/1-20 16E60+20/1-20 16EBB+19/1-1B 1E922+22/1-22
        """;
}
