// Which cells of two degrees are land, from 88° north to 60° south. Made by tools/land.mjs from Natural Earth's outline
// (1:110 million, public domain): don't edit by hand.

const ROWS = 74;
// By turns so many cells of water and so many of land, from the north west on: each a letter, # is none.
const RUNS =
  "[#[#[#[#[#[#[#4+.-[#[#D$$.%<Y$[#:%'&$(';3(H'[#/%-$%('>4$M%[#2&&$$$$).6I%000&$%N&$$&$&$$%$'$%-4H%/8$%=$-%2$%*'%" +
  "%+-0$$:%0$(&$W,[#F,/&$%$R$+[#I1$$$/$X%%[#G(%'$$$[#9H,%$$*'<(%[#:**$?+'.&;)%[#.%$$'0'+9+'%$F)&[#&($&$7$.9**?%($" +
  "$%&[#%,'3$3;%-<&($([#%-&E;%.:%$%%[#1)$HG=%$[#0$$P$$>$$&%=[#2$$QA($<[#1%$Q?$%A*$+%$$(%MU>A*&%%()'%L&%Q=C''$%%$'" +
  "$-%I($R;D(+$$%$/%C'$)$S:F%'&$$).%E%%&%U9F+*$&$$M&$%'V6G-/M(%Z4G1$'$Q[#*+*$F@$G[#)$$)+$D;$*%D[#+$$(M;%*$$(>[#.'" +
  "*%C=$.(:%$[#-''%'$@?$,),%+[#5'%%+$>>%+*)()$$[#6)G>%)-')*)$[#4'D@$'/&,()$[#6%E@$$1&,)($[#7$''=A%%/%,$%%+$[#6$$$" +
  "$+:C0$$$+$%$[#C-:B2$8$[#908%$$'8;$$%(%[#=1A5=$$$'&[#<2A4>%''$$[#:4>4@%&')%[#47<2B%%&$%&$$$$&[#/:;1C$+$*'[#.::1" +
  "D&0('$[#)8;1I$&$*%$$)$[#'7=0[#[#-6<1'$K&&$[#16<1'$H)&%-$[#'3=0&&G+%%[#32=/'&G/[#32>.'%E4*$[#)0@.'%D5[#1.B-($E6" +
  "[#0.C+L7[#..D+L7[#..E)N6[#.-F(O'(,[#/*[#B$-).$[,[#M(/$Z)[#[#)%Y'$$[#R%/%['[#T$.%['[#[#(%[#$'[#[#[#*'[#/$[#V&[#" +
  "[#[#-&[#[#[#-%[#[#[#[#[#[#[#[#G";
const CELLS = [...RUNS].flatMap((letter, n) => Array.from({ length: letter.charCodeAt(0) - 35 }, () => n % 2 === 1));

/** Whether the middle of the cell that holds a place is land. */
export function isLand(latitude: number, longitude: number): boolean {
  const row = Math.floor((88 - latitude) / 2), column = ((Math.floor((longitude + 180) / 2) % 180) + 180) % 180;
  if (row < 0 || row >= ROWS) return false;
  return CELLS[row * 180 + column]!;
}
