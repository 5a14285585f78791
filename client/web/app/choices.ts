/** Tags that are offered; anything else that somebody has set is offered to them as well. */
const LANGUAGES = [
  ..."ar bg bn ca cs da de de-AT de-CH el en en-AU en-CA en-GB en-IN en-US es es-MX et fa fi fr fr-CA he hi hr hu".split(
    " ",
  ),
  ..."id it ja ko lt lv ms nb nl nl-BE pl pt pt-BR ro ru sk sl sr sv sw ta th tr uk ur vi zh-Hans zh-Hant".split(" "),
];

/** Languages by the names that their speakers give them. */
export function languageChoices(chosen: string): { value: string; label: string }[] {
  return [...new Set([...LANGUAGES, chosen])]
    .map((value) => ({ value, label: nameOf(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
}

/** Time zones by region, as this machine knows them. */
export function timeZoneChoices(chosen: string): { region: string; zones: string[] }[] {
  const regions = new Map<string, string[]>();
  for (const zone of new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), chosen])) {
    const [first = zone] = zone.split("/");
    const region = first === zone ? "World" : first;
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [...regions].map(([region, zones]) => ({ region, zones }));
}

function nameOf(tag: string): string {
  const name = new Intl.DisplayNames([tag, "en"], { type: "language" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
