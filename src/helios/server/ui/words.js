/** A name as people write it: `baseSize` is "Base size". */
export function words(name) {
  const apart = name.replaceAll("-", " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return apart && apart[0].toUpperCase() + apart.slice(1);
}
