/** Ids of scopes, each once, in the order in which they came. Most commands have one: a set is made for the second. */
export class ScopeList {
  private only: string | null = null
  private all: Set<string> | null = null

  get isEmpty(): boolean {
    return this.only === null && (this.all === null || this.all.size === 0)
  }

  add(id: string): void {
    if (this.all !== null) this.all.add(id)
    else if (this.only === null) this.only = id
    else if (this.only !== id) {
      this.all = new Set([this.only, id])
      this.only = null
    }
  }

  delete(id: string): void {
    if (this.all !== null) this.all.delete(id)
    else if (this.only === id) this.only = null
  }

  clear(): void {
    this.only = null
    this.all = null
  }

  list(): readonly string[] {
    return this.all !== null ? [...this.all] : this.only === null ? [] : [this.only]
  }
}
