// Which part of the world a place lies in, to fold many origins into few rows. Only for the eye: nothing is judged by it.

/** The parts, as they are named. */
export type Area = "North America" | "South America" | "Europe" | "Africa" | "Asia" | "Oceania" | "elsewhere";

/** The part of the world of a place, by coarse borders. */
export function areaOf(latitude: number | null, longitude: number | null): Area {
  if (latitude === null || longitude === null) return "elsewhere";
  if (longitude < -30) return latitude >= 13 ? "North America" : "South America";
  if (latitude < -8 && longitude > 105) return "Oceania";
  if (latitude >= 36 && longitude < 45 && !(latitude < 37.3 && longitude < 12 && longitude > -2)) return "Europe";
  const isAsia = longitude > 52 || (latitude > 12.5 && longitude > 34.2);
  return isAsia ? "Asia" : "Africa";
}
