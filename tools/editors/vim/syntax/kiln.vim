" Kiln: the language of .model files.
if exists('b:current_syntax')
  finish
endif

" Words that are reserved everywhere. tests/lsp compares them with the grammar.
syntax keyword kilnDeclaration import export fn model const where inout let var
syntax keyword kilnControl return if else for in while assert checkpoint
syntax keyword kilnOperator or and not
syntax keyword kilnConstant true false pi inf
syntax keyword kilnReducer sum prod mean max min argmax argmin any all
syntax keyword kilnDerivative grad value_and_grad vjp jvp
syntax keyword kilnElement bool i8 i16 i32 i64 u8 u16 u32 u64 f16 bf16 f32 f64 f8e4m3 f8e5m2 i4 u4 Rng
syntax keyword kilnSelf self

" Capitalised names are static: dims, types, models. Before the words of the language, which win.
syntax match kilnStatic "\<[A-Z][A-Za-z0-9_]*\>"
syntax match kilnFunction "\%(\<fn\s\+\)\@<=[A-Za-z_][A-Za-z0-9_]*"

" Soft words: only where they stand at the begin of something.
syntax match kilnSoft "^\s*\%(export\s\+\)\?\zs\<type\>\ze\s\+[A-Za-z_]"
syntax match kilnSoft "^\s*\zs\<\%(param\|state\|mesh\)\>\ze\s\+[A-Za-z_]"
syntax match kilnSoft "^\s*\zs\<test\>\ze\s*\""
syntax match kilnSoft "\<checkpoint\s\+\zsevery\>"
syntax match kilnSoft "^\s*\zs\<\%(derivative\|adjoint\)\s\+of\>"
syntax match kilnSoft "\%(^\s*import\s.*\)\@<=\<as\>"
syntax match kilnBound "\%(:\s*\)\@<=\<\%(dim\|string\|float\|int\|number\|element\|tree\)\>"

" After a dot a word is a member, whatever it says: the dot belongs to it, else the word would win.
syntax match kilnMember "\.\@<!\.[A-Za-z_][A-Za-z0-9_]*"
syntax match kilnAnnotation "@\s*[A-Za-z_][A-Za-z0-9_]*"
syntax match kilnNumber "\<0x[0-9a-fA-F_]\+\>"
syntax match kilnNumber "\<[0-9][0-9_]*\%(\.[0-9]\+\)\?\%([eE][-+]\?[0-9]\+\)\?\>"
syntax region kilnString start=+"+ skip=+\\.+ end=+"+ end=+$+ contains=kilnEscape
syntax match kilnEscape "\\." contained
syntax keyword kilnNote TODO FIXME contained
syntax match kilnComment "//.*$" contains=kilnNote,@Spell
syntax match kilnDocumentation "///.*$" contains=kilnNote,@Spell

highlight default link kilnDeclaration Keyword
highlight default link kilnSoft Keyword
highlight default link kilnControl Statement
highlight default link kilnOperator Operator
highlight default link kilnConstant Constant
highlight default link kilnReducer Function
highlight default link kilnDerivative Special
highlight default link kilnElement Type
highlight default link kilnBound Type
highlight default link kilnStatic Constant
highlight default link kilnFunction Function
highlight default link kilnMember Identifier
highlight default link kilnSelf Identifier
highlight default link kilnAnnotation PreProc
highlight default link kilnNumber Number
highlight default link kilnString String
highlight default link kilnEscape SpecialChar
highlight default link kilnNote Todo
highlight default link kilnComment Comment
highlight default link kilnDocumentation SpecialComment

let b:current_syntax = 'kiln'
