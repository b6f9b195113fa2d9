# A TypeScript file that compiles if each generated client takes the bodies of
# the description's examples and refuses wrong ones.

. as $document |

def own: if has("$ref") then .["$ref"] as $ref | $document |
    getpath($ref | ltrimstr("#/") | split("/")) else . end;

# The members that a body like $example cannot do without.
def needed($example): [(.oneOf // [.])[] | own | .required // [] |
    select(. - ($example | keys) == [])] | add;

def wrong($example; $needed):
    (42, "text", true, null, [], if $needed != [] then {} else empty end),
    ($needed[] as $member | $example | del(.[$member])),
    ($example | keys[] as $member |
	.[$member] |= if type == "string" then 42 else "text" end);

def line($type; $value): "body<\($type)>(\($value | tojson));";

def lines($type; $example; $needed):
    line($type; $example),
    (wrong($example; $needed) | "// @ts-expect-error", line($type; .));

[.paths[][] | select(has("requestBody")) |
    .operationId as $operation | .requestBody | own |
    .content["application/json"] | . as $content |
    (.schema["$ref"] | split("/")[-1]) as $name |
    .examples[].value as $example |
    (.schema | own | needed($example)) as $needed |
    lines("Operation<\"\($operation)\">",
	"components[\"schemas\"][\"\($name)\"]", "Oazapfts.\($name)",
	"Orval.\($name)", "z.infer<typeof schemas.\($name)>";
	$example; $needed)] as $lines |

"import { z } from \"zod\";
import type * as Oazapfts from \"./oazapfts.js\";
import type * as Orval from \"./orval.js\";
import type { components, operations } from \"./types.js\";
import { schemas } from \"./zod.js\";

type Operation<Name extends keyof operations> = operations[Name] extends
	{ requestBody?: { content: { \"application/json\": infer Body } } }
	? Body : never;
declare function body<Type>(body: Type): void;
",
$lines[]
