package microsoft

import (
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
)

// grouped returns k with an input of groups of its columns, which may have those of a last block's
// padding, too; without them if they say no more than blocks do.
func (k blocks) grouped(c *plan.Call, input int) blocks {
	groups, per := c.Ints(input), k.perRow()
	if len(groups) != k.columns && len(groups) != per*k.size {
		c.Fail("groups %v for %d columns in blocks of %d", c.Val(input), k.columns, k.size)
	}
	plain := true
	for i, group := range groups[:k.columns] {
		if group < 0 || group >= per {
			c.Fail("the group %d of the column %d, of %d groups", group, i, per)
		}
		plain = plain && group == i/k.size
	}
	if !plain {
		k.groups = c.Known(input)
	}
	return k
}

// columnGroups returns the group of each column, nil if it is the block that it is in.
func (k blocks) columnGroups() []int64 {
	if k.groups == nil {
		return nil
	}
	return tensors.Numbers[int64](k.groups.Array())[:k.columns]
}

// order returns the columns in the order of their groups, so that each block is a group: nil if
// columns are so, or if groups haven't as many columns as blocks.
func (k blocks) order() []int32 {
	groups := k.columnGroups()
	if groups == nil {
		return nil
	}
	order, filled := make([]int32, k.columns), make([]int, k.perRow())
	for i, group := range groups {
		to := int(group)*k.size + filled[group]
		if filled[group]++; filled[group] > k.size || to >= k.columns {
			return nil
		}
		order[to] = int32(i)
	}
	return order
}
